#![no_std]
#![no_main]
use core::arch::{asm, naked_asm};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }

/// LINE_END: address right after the last byte of the line.
const LINE_END: u16 = 0x7C0B;
const BANNER: u16 = 0x7C02;
const STOP: u16 = LINE_END + 4;
const LINE_MAX: u16 = 80;

#[unsafe(naked)]
#[unsafe(link_section = ".text.head")]
#[unsafe(no_mangle)]
extern "C" fn entry() {
    naked_asm!(
        ".byte 0xEB, 13",
        ".ascii \"ClientAPI\\r\\n$ \"",
        "cld",
        "xor si,si",
        "mov ds,si",
        "mov ss,si",
        "mov sp,si",
        // uart
        "mov ax,0x00E3",
        "cwd",
        "int 0x14",
        "mov dx,0x3F9",
        "mov al,1",
        "out dx,al",
        "mov dl,0xFC",
        "mov al,0x0B",
        "out dx,al",
        // pci
        "mov ax,0xB102",
        "mov cx,0x7113",
        "mov dx,0x8086",
        "int 0x1A",
        "jnc 2f",
        "mov bx,0x00F8",
        "2:",
        "mov ax,0xB109",
        "mov di,0x40",
        "int 0x1A",
        "xchg ax,cx",
        "and al,0xC0",
        "mov dx,ax",
        "xchg ax,bp",
        "mov ax,0x100",
        "out dx,ax",
        "inc dx",
        "inc dx",
        "out dx,ax",
        "inc dx",
        "inc dx",
        "xchg al,ah",
        "out dx,ax",
    )
}

#[unsafe(naked)]
#[unsafe(link_section = ".text.putc")]
extern "C" fn putc() {
    naked_asm!(
        "pusha",
        "xchg ax,bx",
        "xor cx,cx",
        "mov dx,0x3FD",
        "2: in al,dx",
        "test al,0x20",
        "loopz 2b",
        "xchg ax,bx",
        "mov dl,0xF8",
        "out dx,al",
        "cmp byte ptr [0x43], 0xF0",
        "je 3f",
        "mov ah,0x0E",
        "xor bx,bx",
        "int 0x10",
        "3: popa",
        ".att_syntax","retw",".intel_syntax noprefix",
    )
}

#[inline(always)]
fn put(b: u8) {
    unsafe { asm!("callw {f}", f = sym putc, in("al") b, options(att_syntax)) }
}
#[inline(always)]
fn load(p: u16) -> u8 {
    let b: u8;
    unsafe { asm!("mov al, [bx]", out("al") b, in("bx") p, options(preserves_flags, readonly, nostack)) }
    b
}
#[inline(always)]
fn push(p: u16, b: u8) -> u16 {
    let q: u16;
    unsafe { asm!("dec bx", "mov [bx], al", in("al") b, inout("bx") p => q, options(nostack)) }
    q
}
#[inline(always)]
fn push_crlf(p: u16) -> u16 {
    let q: u16;
    unsafe { asm!("dec bx", "dec bx", "mov word ptr [bx], 0x0A0D", inout("bx") p => q, options(nostack)) }
    q
}
#[inline(always)]
fn get() -> u8 {
    let b: u8;
    unsafe { asm!(
        "20:",
        "mov dx, bp",
        "in ax, dx",
        "inc ax",
        "shr ah, 1",
        "jnc 30f",
        "out dx, ax",
        "add dx, 4",
        "mov ax, 0x2000",
        "out dx, ax",
        "mov ah, 0x3C",
        "out dx, ax",
        "mov ah, 0x34",
        "out dx, ax",
        "30:",
        "mov dx, 0x3FA",
        "in al, dx",
        "shr al, 1",
        "jnc 40f",
        "mov ah, 1",
        "int 0x16",
        "jnz 50f",
        "mov al, 0xE8",
        "out 0x21, al",
        "sti",
        "hlt",
        "cli",
        "jmp 20b",
        "50:",
        "mov ah, 0",
        "int 0x16",
        "jmp 60f",
        "40:",
        "mov dl, 0xF8",
        "in al, dx",
        "60:",
        out("al") b, out("dx") _, out("ah") _) }
    b
}

/// A new name for the same byte: keeps LLVM from folding compares into a 32-bit switch.
#[inline(always)]
fn apart(b: u8) -> u8 {
    let c: u8;
    unsafe { asm!("", inout("al") b => c, options(pure, nomem, nostack, preserves_flags)) }
    c
}

#[inline(always)]
fn apart16(b: u16) -> u16 {
    let c: u16;
    unsafe { asm!("", inout("bx") b => c, options(pure, nomem, nostack, preserves_flags)) }
    c
}
#[inline(always)]
fn inc(b: u16) -> u16 {
    let c: u16;
    unsafe { asm!("inc bx", inout("bx") b => c, options(pure, nomem, nostack)) }
    c
}
#[inline(always)]
fn at(p: &mut u16, q: u16) -> bool {
   *p = apart16(*p);
   *p as u8 == q as u8
}
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.entry")]
extern "C" fn repl() -> ! {
        let mut p = BANNER;
    loop {
        loop {
            put(load(p));
            p = inc(p);
            if at(&mut p, STOP) { break; }
        }
        p = LINE_END;
        loop {
            let mut b = get();
            if b == b'\r' { break; }
            b = apart(b);
            if b == b'\n' { if at(&mut p,LINE_END) { continue; } break; }
            b = apart(b);
            if b == 8 || {b = apart(b); b == 0x7f} {
                if at(&mut p , LINE_END) { continue; }
                p = inc(p);
                b = 8;
                loop { put(b); b ^= 0x28; b = apart(b); if b & 0x20 == 0 { break; } }
            } else {
                if b < 0x20 { continue; }
                b = apart(b);
                if at(&mut p, LINE_END - LINE_MAX) { continue; }
                p = push(p, b);
            }
            put(b);
        }
        p = push_crlf(p);
    }
}
