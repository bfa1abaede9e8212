policy p on custom (a: int, f: fixed, n: time, d: duration, t: text, o: option<int>, w: trust) {
  require a + f > 1
  require d + n > n
  require n + 5 > n
  require t + "x" == "ax"
  require o + 1 > 2
  require w * 2 > w
  require !(-t == t)
}
