policy p on custom {
  let mut total = 0
  total = total + 1
  total += 1
  allow
}
