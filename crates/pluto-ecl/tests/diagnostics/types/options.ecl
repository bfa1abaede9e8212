record approval { quorum: int }

policy p on custom (o: option<int>, a: option<approval>, b: int, w: option<did>) {
  require o
  require b == o
  require 2 <= o
  require o == none
  require a.quorum > 2
  require b?.x > 2
  require present(b)
  require w?.balance > 1
  require sqrt(o) > 1
}
