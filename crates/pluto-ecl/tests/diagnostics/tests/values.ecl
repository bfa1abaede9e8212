enum op { read, write }
record point { x: int, y: option<int> }
store points { x: int, y: int = 0 }

policy p on custom (n: int, f: fixed, t: text<4>, o: op, s: set<op>, at: point, l: list<int, 2>, w: did) {
  require n > 0 && f > 0 && t != "" && o in s && at.x > 0 && at.y > 0 && length(l) > 0 && known(w)
}

test "values of other types" for p {
  given n = 1.5
  given f = true
  given t = "longer"
  given o = delete_
  given s = read
  given at = { z: 1 }
  given l = [1, 2, 3]
  given w = "ann"
  expect allow
}

test "facts of other types" for p {
  given n = 1
  given f = 1
  given t = ""
  given o = read
  given s = [raed]
  given at = 5
  given l = 5
  given subject.trust = trust(1.5)
  given subject.trust.r = true
  given subject.balance = none
  given subject.trust = 5
  given points["a"] = { y: 1 }
  given point["a"] = { y: 1 }
  given now = "soon"
  expect allow
}
