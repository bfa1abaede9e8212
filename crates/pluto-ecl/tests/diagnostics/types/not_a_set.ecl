enum op { read, write }

policy p on custom (o: op, s: set<op>, l: list<int, 4>, a: option<int>, w: did, t: text) {
  require o in l
  require "x" in t
  require a in {1, 2}
  require w in {ann, bob}
  require o in {read, a}
  require s in {read}
}
