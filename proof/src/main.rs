use boot256_proof::{engine::Engine, scenario::Scenario};
fn main() {
    let p: [u8;256] = std::fs::read("build/boot.bin").unwrap().try_into().unwrap();
    let mut e = Engine::new(&p).unwrap();
    let o = e.run(&Scenario::new().serial(1000, 0, b"hello\r")).unwrap();
    println!("{o:?}\n{}", String::from_utf8_lossy(&o.com1));
    let t = std::time::Instant::now();
    for _ in 0..100 { e.run(&Scenario::new().serial(1000, 0, b"hello\r")).unwrap(); }
    println!("{:?} per run, {} instr", t.elapsed()/100, o.instructions);
    let t = std::time::Instant::now();
    let o = e.run(&Scenario::new().serial(1000, 0, &b"hello world you\r".repeat(1000)).budget(u64::MAX)).unwrap();
    println!("{:?} for 16000 bytes, {} instr {:?}", t.elapsed(), o.instructions, o.violation);
}
