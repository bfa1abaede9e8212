policy p on custom {
  require 1 < 2;
}
