enum op { read, write }

policy p on custom (n: int, s: set<op>, o: option<int>) {
  require any(x in n where x > 1)
  require all(x in s where x == read)
  require count(x in o) > 1
}
