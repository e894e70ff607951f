use boot256_proof::{
    engine::Engine,
    profile,
    suite::{check, *},
};
fn main() {
    let p: [u8; 256] = std::fs::read("build/boot.bin").unwrap().try_into().unwrap();
    let mut e = Engine::new(&p).unwrap();
    for (n, cs) in [
        ("editing", cases::editing()),
        ("start", cases::start()),
        ("profiles", cases::profiles()),
        ("faults", cases::faults(true)),
        ("arr", arrivals::cases(&profile::QEMU_PC, &mut e, 1).unwrap()),
    ] {
        let t = std::time::Instant::now();
        let mut bad = 0;
        for c in &cs {
            if let Err(x) = check::run(&mut e, &c.scenario) {
                bad += 1;
                if bad < 8 {
                    println!("{} {}: {x:#}", c.group, c.name);
                }
            }
        }
        println!("{n}: {} cases {bad} bad {:?}", cs.len(), t.elapsed());
    }
    let t = std::time::Instant::now();
    println!("{:?} {:?}", typing::run(&mut e, 1_000_000, 1, std::path::Path::new("/tmp/seeds.txt")), t.elapsed());
}
