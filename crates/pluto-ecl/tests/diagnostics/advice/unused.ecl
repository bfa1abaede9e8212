const unread = 1

policy p on custom (a: int, b: int, _c: int) {
  let d = a
  const e = 5
  require a > 0
}
