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
