enum op { read, write, list }

policy p on custom (n: int, o: op, s: symbol) {
  require n in {1, 2, 1} && o in {read, read} && s in {DE, AT, DE}
}
