program broken
  implicit none
  count = 5
end program broken
