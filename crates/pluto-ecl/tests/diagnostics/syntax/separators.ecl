enum color { red green | blue }

policy p on custom (a: int b: int) {
  require max(a b) > 1 "reason"
  deny, "reason"
}
