use std::collections::BTreeMap;
use std::io;

fn main() -> Result<(), io::Error> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let name = line.trim();
    let mut letters: BTreeMap<char, usize> = BTreeMap::new();
    for letter in name.chars() {
        *letters.entry(letter).or_default() += 1;
    }
    println!("Hello, {name}, from Rust!");
    let total: u64 = (1..=5u64).map(|n| n * n).sum();
    println!("{letters:?} {total}");
    Ok(())
}
