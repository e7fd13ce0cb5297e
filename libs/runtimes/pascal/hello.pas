program Hello;
{$mode objfpc}
uses SysUtils;

type
  TSquare = class
    Side: Integer;
    constructor Create(ASide: Integer);
    function Area: Integer;
  end;

constructor TSquare.Create(ASide: Integer);
begin
  Side := ASide;
end;

function TSquare.Area: Integer;
begin
  Result := Side * Side;
end;

var
  Name: string;
  I: Integer;
  Square: TSquare;
begin
  ReadLn(Name);
  WriteLn(Format('Hello, %s, from Pascal!', [Name]));
  for I := 1 to 5 do
  begin
    Square := TSquare.Create(I);
    Write(Square.Area, ' ');
    Square.Free;
  end;
  WriteLn;
end.
