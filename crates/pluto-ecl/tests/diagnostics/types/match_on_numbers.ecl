enum op { read, write }

policy p on custom (n: int, o: option<op>) {
  match n { _ => allow }
  match o { read => allow write => deny }
}
