// A tool of the build, not installed: prints docs/json.md.
#include <iostream>

#include "control/protocol/reference.hpp"

int main() {
  std::cout << pipit::control::json_reference();
  return 0;
}
