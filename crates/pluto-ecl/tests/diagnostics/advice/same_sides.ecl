policy p on custom (a: int, b: bool) {
  require a == a
  require subject.trust.r >= subject.trust.r
  require b && b
}
