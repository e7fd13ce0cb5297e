procedure Main is
   Count : Integer := "many";
begin
   null;
end Main;
