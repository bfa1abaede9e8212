policy p on custom {
  let x = a > 1 ? b + 1 : c
  allow if x
}
