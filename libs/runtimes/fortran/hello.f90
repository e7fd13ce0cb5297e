program hello
  implicit none
  character(len=32) :: name
  integer :: i
  integer, dimension(5) :: squares
  read (*, '(a)') name
  squares = [(i*i, i=1, 5)]
  print '(a)', 'Hello, ' // trim(name) // ', from Fortran!'
  print '(5(i0,1x),i0)', squares, sum(squares)
end program hello
