// A tool of the build, not installed: prints the JSON Schema, or what a reload does about each key,
// or fills the reference of all keys into the source of pipitd.yaml(5).
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "config/print.hpp"

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "schema") {
    std::cout << pipit::config::json_schema();
    return 0;
  }
  if (what == "changes") {
    std::cout << pipit::config::change_table();
    return 0;
  }
  if (what != "manual" || argc != 3) {
    std::cerr << "usage: describe schema | describe changes | describe manual TEMPLATE\n";
    return 2;
  }
  std::ifstream in(argv[2]);
  for (std::string line; std::getline(in, line);) {
    std::cout << (line == "@REFERENCE@" ? pipit::config::reference() : line + '\n');
  }
  return in.is_open() ? 0 : 1;
}
