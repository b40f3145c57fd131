// A configuration: read or refused, its diagnostics are UTF-8, and what is read prints and reads
// again. What it includes is looked for where nothing is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/display.hpp"
#include "config/load.hpp"
#include "config/print.hpp"

using namespace pipit;

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void require_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = config::utf8_length(text);
    require(length > 0);
    text.remove_prefix(length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const std::string name = "/nonexistent/pipitd.yaml";
  const auto loaded = config::load_text(text, name);
  require_utf8(config::to_text(loaded ? loaded->warnings : loaded.error()));
  if (loaded) {
    require(config::load_text(config::to_yaml(loaded->config), name).has_value());
  } else {
    require(!loaded.error().empty());
  }
  return 0;
}
