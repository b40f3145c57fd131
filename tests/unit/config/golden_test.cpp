// tests/golden/config/NAME.yaml comes with NAME.ok, the effective configuration, or with NAME.err,
// the exact diagnostics. PIPIT_GOLDEN_UPDATE=1 writes what is missing or different.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/load.hpp"
#include "config/print.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The text with the folder taken out of file names.
std::string without_folder(std::string text, const fs::path& folder) {
  const std::string prefix = folder.string() + '/';
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

void compare_with(const fs::path& expected, const std::string& got) {
  if (std::getenv("PIPIT_GOLDEN_UPDATE") != nullptr && content(expected) != got) {
    std::ofstream(expected, std::ios::binary) << got;
  }
  INFO(expected.filename().string());
  CHECK(content(expected) == got);
}

}  // namespace

TEST_CASE("golden configurations: diagnostics to the letter, effective configurations that last") {
  const fs::path folder = fs::path(PIPIT_SOURCE_ROOT) / "tests/golden/config";
  const std::vector<fs::path> files = yaml_files(folder);
  REQUIRE(files.size() > 30);
  for (const fs::path& file : files) {
    const auto loaded = config::load(file.string());
    if (!loaded) {
      fs::path expected = file;
      compare_with(expected.replace_extension(".err"),
                   without_folder(config::to_text(loaded.error()), folder));
      continue;
    }
    const std::string effective = config::to_yaml(loaded->config);
    fs::path expected = file;
    std::string comments;
    for (const config::Diagnostic& warning : loaded->warnings) {
      comments += "# " + warning.to_text().substr(0, warning.to_text().find('\n')) + '\n';
    }
    compare_with(expected.replace_extension(".ok"), without_folder(comments, folder) + effective);
    const auto again = config::load_text(effective, file.string());
    INFO(file.filename().string());
    REQUIRE(again);
    CHECK(config::to_yaml(again->config) == effective);
  }
}

TEST_CASE("shipped examples load") {
  for (const fs::path& file : yaml_files(fs::path(PIPIT_SOURCE_ROOT) / "packaging/examples")) {
    const auto loaded = config::load(file.string());
    INFO((loaded ? "" : config::to_text(loaded.error())));
    CHECK(loaded.has_value());
  }
}

TEST_CASE("the example full.yaml shows every key") {
  const auto loaded =
      config::load((fs::path(PIPIT_SOURCE_ROOT) / "packaging/examples/full.yaml").string());
  REQUIRE(loaded);
  const std::string text = content(fs::path(PIPIT_SOURCE_ROOT) / "packaging/examples/full.yaml");
  const std::string reference = config::reference();
  for (std::size_t at = reference.find("\n*"); at != std::string::npos;
       at = reference.find("\n*", at + 1)) {
    std::string key = reference.substr(at + 2, reference.find("*\n", at + 2) - at - 2);
    key = key.substr(key.find_last_of('.') + 1);
    INFO(key);
    const bool shown = text.find(key + ":") != std::string::npos || key == "password-file" ||
                       (text.find("levels: {bgp:") != std::string::npos && key == "daemon");
    const bool log_part = key == "kernel" || key == "config" || key == "control" || key == "bgp";
    CHECK((shown || log_part));
  }
}
