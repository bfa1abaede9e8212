enum op { read, list, write, remove }

policy p on custom (o: op) {
  match o {
    read => allow
    list => deny "no lists"
  }
}
