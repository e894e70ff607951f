//! A paste: many lines in one go, of which each can be told from the others.

/// `bytes` bytes or a line more: lines of 8 to 80 bytes, each with its number, ended by CR, LF or CR LF in turn.
pub fn lines(bytes: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for n in 0.. {
        if text.len() >= bytes {
            break;
        }
        let line = format!("line {n:03} {}", "0123456789abcdefghijklmnopqrstuvwxyz".repeat(2));
        text.extend(&line.as_bytes()[..8 + (n * 7) % 73]);
        text.extend([&b"\r"[..], b"\n", b"\r\n"][n % 3]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LINE_MAX;

    #[test]
    fn lines_of_every_length_and_end() {
        let text = String::from_utf8(lines(12_000)).expect("a text");
        assert!((12_000..12_000 + LINE_MAX + 2).contains(&text.len()), "{}", text.len());
        let all: Vec<&str> = text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect();
        for length in 8..=LINE_MAX {
            assert!(all.iter().any(|line| line.len() == length), "no line of {length}");
        }
        // No two after each other are alike, nor nearly: what is lost or comes twice is seen.
        assert_eq!(all[..4].iter().map(|line| line.len()).collect::<Vec<_>>(), [8, 15, 22, 29]);
        assert!(all.iter().enumerate().all(|(n, line)| line.starts_with(&format!("line {n:03}"))));
        let ends = |end: &str| text.matches(end).count();
        assert_eq!((ends("\r") + ends("\n") - ends("\r\n"), ends("\r\n")), (all.len(), all.len() / 3));
        assert!(lines(0).is_empty());
    }
}
