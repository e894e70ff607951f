//! VirtualBox's headless front end in a process that does not open the kernel module.
//!
//! `VBoxHeadless` is a small program that opens `/dev/vboxdrv` and ends if it cannot. The front end
//! itself is in `VBoxHeadless.so`, and its runtime library, in "driverless" mode, lets it run
//! a machine by interpreting it: no module, no rights, any kernel. Instead of
//! `/usr/lib/virtualbox/VBoxHeadless`, this program does what `VBoxManage startvm --type headless` wants.
//!
//! The machine must say how it is to run: `VBoxManage modifyvm NAME --vm-execution-engine=interpreter`
//! or `=recompiler`. The exit code is the front end's own, which is 0 even if no machine was started.

use std::env;
use std::ffi::{CString, c_char, c_int};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::ExitCode;
use std::ptr;

use anyhow::{Context, Result, ensure};
use libloading::{Library, Symbol};

/// Where Debian has VirtualBox's libraries.
const FOLDER: &str = "/usr/lib/virtualbox";

/// The version of `RTR3InitEx`'s parameters: RTR3INIT_VER_CUR, VirtualBox's `include/iprt/initterm.h`,
/// 7.0 to 7.2. VirtualBox does not promise to keep this interface.
const PARAMETERS: u32 = 2;

/// The flags for `RTR3InitEx`. RTR3INIT_FLAGS_SUPLIB: the support library, or an error (the same file).
/// In the bits from RTR3INIT_FLAGS_SUPLIB_SHIFT on: SUPR3INIT_F_DRIVERLESS, and
/// SUPR3INIT_F_DRIVERLESS_IEM_ALLOWED, which lets the interpreter run everything (`include/VBox/sup.h`).
const FLAGS: u32 = 1 << 16 | (1 << 2 | 1 << 3) << 18;

type InitEx = unsafe extern "C" fn(u32, u32, c_int, *mut *mut *mut c_char, *const c_char) -> c_int;
type TrustedMain = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("boot256-driverless: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u8> {
    let folder = Path::new(FOLDER);
    let name = CString::new(format!("{FOLDER}/VBoxHeadless"))?;
    let arguments = c_strings(env::args_os().skip(1).map(OsStringExt::into_vec))?;
    let environment = c_strings(env::vars_os().map(|(name, value)| [name.into_vec(), value.into_vec()].join(&b'=')))?;
    // As the program that this one replaces.
    let mut argv = pointers(std::iter::once(&name).chain(&arguments));
    let mut envp = pointers(environment.iter());
    let argc = c_int::try_from(arguments.len() + 1)?;

    let runtime = open(&folder.join("VBoxRT.so"))?;
    let front_end = open(&folder.join("VBoxHeadless.so"))?;
    // SAFETY: the types are those of VirtualBox's headers; both libraries are open until the process ends.
    let (init, main): (Symbol<InitEx>, Symbol<TrustedMain>) =
        unsafe { (runtime.get(b"RTR3InitEx\0")?, front_end.get(b"TrustedMain\0")?) };

    let mut vector = argv.as_mut_ptr();
    // SAFETY: the vectors end in a null pointer; what they point to lives until the end of this function.
    // RTR3InitEx may replace this vector, and the new one is passed on.
    let status = unsafe { init(PARAMETERS, FLAGS, argc, &mut vector, name.as_ptr()) };
    ensure!(status >= 0, "RTR3InitEx of VBoxRT.so: error {status}");
    // SAFETY: as above.
    let code = unsafe { main(argc, vector, envp.as_mut_ptr()) };
    // The libraries have threads and handlers of their own, which must not lose their code.
    std::mem::forget((runtime, front_end));
    Ok(u8::try_from(code).unwrap_or(1))
}

fn open(path: &Path) -> Result<Library> {
    // SAFETY: what the library does as it is opened is VirtualBox's own business.
    unsafe { Library::new(path) }.with_context(|| format!("{} (package virtualbox)", path.display()))
}

fn c_strings(parts: impl Iterator<Item = Vec<u8>>) -> Result<Vec<CString>> {
    parts.map(|part| CString::new(part).context("a null byte in an argument")).collect()
}

/// A vector as `main` in C gets it, null pointer at the end.
fn pointers<'a>(strings: impl Iterator<Item = &'a CString>) -> Vec<*mut c_char> {
    strings.map(|string| string.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}
