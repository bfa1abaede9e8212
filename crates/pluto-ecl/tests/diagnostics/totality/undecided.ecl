policy only_effects on custom (a: int) {
  emit seen { a }
}

policy one_side on custom (a: int) {
  if a > 1 { require a < 5 }
}

enum op { read, write }

policy one_arm on custom (o: op, a: int) {
  match o {
    read => require a > 1
    write => { let b = a emit wrote { b } }
  }
}
