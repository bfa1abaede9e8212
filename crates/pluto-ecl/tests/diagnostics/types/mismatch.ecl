policy p on custom (a: int, f: fixed, d: duration, t: text<8>, w: did, s: symbol) {
  require a
  require a == f
  require d > 5
  require sqrt(f) > 1
  require known(t)
  require t == s
  require norm(w) > 0.5
  require a == w
  let x = if a > 1 then a else t
}
