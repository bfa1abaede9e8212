function double(x) {
  return x * 2
}

policy p on custom {
  for x in xs {
    require x
  }
  while true { allow }
  allow
}
