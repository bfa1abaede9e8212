policy p on custom (a: option<option<int>>, b: option<int>) {
  let c = some(b)
  require present(c)
}
