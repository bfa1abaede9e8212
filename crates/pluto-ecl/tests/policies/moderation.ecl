// `delete` is a keyword: the variant is called `remove`.
policy moderation on controller (action: enum { edit, hide, remove, ban }, role: symbol) {
  match action {
    remove | ban => require role in {admin, super_admin} && subject.trust.i >= 0.9
    edit | hide => require role in {moderator, admin, super_admin} && subject.trust.c >= 0.7
  }
}
