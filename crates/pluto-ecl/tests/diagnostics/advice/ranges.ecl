enum op { read, write }

policy p on custom (t: text<4>, l: list<int, 8>, o: op, b: bool) {
  require subject.trust.r <= 1.0
  require norm(subject.trust) > 1
  require 1.5 > subject.trust.i
  require length(t) <= 4 && length(l) < 0
  require count(x in l where x > 0) > 8
  require t != "longer"
  require 1 < 2
  require o in {read, write} && b in {true, false}
  require all(x in l)
  require min(length(t), 2) <= 4
}
