// A line of the control socket: a request of the command table, or one line of an error.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/request.hpp"

using namespace pipit::control;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(data, data + size);
  const auto request = parse_request(line);
  if (request ? request->command == nullptr : error_line(request.error()).back() != '\n') {
    std::abort();
  }
  return 0;
}
