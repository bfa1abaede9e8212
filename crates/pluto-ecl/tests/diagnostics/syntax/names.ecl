policy größe on custom {
  let this_name_is_much_longer_than_the_sixty_four_bytes_that_a_name_may_have_here = 1
  allow
}
