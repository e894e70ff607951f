//! The images and the program in VirtualBox: every line of docs/guides/virtualbox.md that a machine can try.
//!
//! Marked as ignored, because they run inside the folder that `make test-virtualbox` makes and enters.

/// One test a row.
macro_rules! rows {
    ($check:expr; $($name:ident: $row:expr;)+) => {
        $(#[test]
        #[ignore = "run by `make test-virtualbox`"]
        fn $name() {
            $check($row);
        })+
    };
}

mod images;
mod machine;
mod smoke;
