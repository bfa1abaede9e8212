policy p on custom (a: text<0>, b: text<5000>, c: list<int, 2000>) {
  allow
}
