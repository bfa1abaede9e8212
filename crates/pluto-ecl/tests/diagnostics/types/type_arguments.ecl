policy p on custom (a: int<4>, b: text<int>, c: set<int>, d: option, e: list<int>, f: list<4, int>) {
  allow
}
