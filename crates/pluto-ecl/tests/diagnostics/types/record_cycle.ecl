record node { next: option<node>, value: int }
record a { b: b }
record b { a: a }

policy p on custom (n: node) {
  require n.value > 0
}
