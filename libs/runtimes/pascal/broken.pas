program Broken;
var
  Count: Integer;
begin
  Count := 'many';
end.
