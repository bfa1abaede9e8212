record line { price: int }

policy p on custom (lines: list<line, 4>, names: list<text<8>, 4>) {
  require sum(l in lines) > 1
  require sum(n in names of n) > 1
  require any(l in lines of l.price where l.price > 1)
}
