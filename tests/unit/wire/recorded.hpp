// Recorded messages that lie beside the source tree: read by tests, skipped where they are missing.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgp/wire/message.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp::test {

/// The path of a file below the folder of shared data; nullopt when it is not there.
inline std::optional<std::string> shared_file(const std::string& name) {
  const char* given = std::getenv("PIPIT_SHARED");
  const std::filesystem::path folder =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(PIPIT_SOURCE_ROOT).parent_path() / "shared";
  const std::filesystem::path path = folder / name;
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  return path.string();
}

/// What a command writes to its standard output.
inline net::Bytes output_of(const std::string& command) {
  net::Bytes out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (pipe == nullptr) {
    return out;
  }
  std::array<std::uint8_t, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return out;
}

/// The octets of a .gz file.
inline net::Bytes unzipped(const std::string& path) {
  return output_of("gzip -dc '" + path + "'");
}

/// Messages end to end, cut apart.
inline std::vector<net::Bytes> messages_of(net::ByteView stream) {
  std::vector<net::Bytes> messages;
  FrameBuffer buffer;
  buffer.set_max_message(kMaxExtendedMessage);
  const auto keep = [&](const Frame& frame) {
    messages.emplace_back(frame.whole.begin(), frame.whole.end());
    return true;
  };
  if (!buffer.feed(stream, keep) || buffer.held() != 0) {
    return {};
  }
  return messages;
}

/// The seeds for fuzzing: one message a file.
inline std::vector<net::Bytes> fuzz_seeds(const std::string& path) {
  return messages_of(output_of("tar -xzOf '" + path + "'"));
}

}  // namespace pipit::bgp::test
