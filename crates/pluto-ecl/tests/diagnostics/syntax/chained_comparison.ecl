policy p on custom {
  require 0 < amount <= 10
}
