name = input('', 's');
printf('Hello, %s, from Octave!\n', name);
A = [2 1; 1 3];
b = [3; 5];
disp((A \ b)');
printf('%d ', (1:5) .^ 2);
printf('\n');
