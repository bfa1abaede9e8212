record point { x: int }
enum color { red, green }

policy p on custom (a: point, t: text, s: set<color>, c: color, l: list<int, 4>, w: did) {
  require a == a
  require t < "m"
  require s == s
  require c >= red
  require l == l
  require w > subject
  require subject.trust == w.trust
  require subject.trust > 0.5
}
