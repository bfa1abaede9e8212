record r {
  a int
  b: int?
  c: list<int, 3>= none
  d: int[]
  e
}
