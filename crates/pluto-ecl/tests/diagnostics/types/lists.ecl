record cart { lines: list<int, 4> }
store carts { items: list<int, 4> }

policy p on custom (a: list<int, 4>, b: option<list<int, 4>>, c: list<cart, 2>, k: cart) {
  let copy = a
  let other = k
  emit seen { a, n: length(a) }
  require length(if true then a else k.lines) > 0
  require length(k.lines) > 0
}
