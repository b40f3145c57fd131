// What hostile files can ask for: depth, work, octets that are no text, memory.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <sys/stat.h>
#include <unistd.h>

#include "config/display.hpp"
#include "config/files.hpp"
#include "config/load.hpp"
#include "config/node.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
namespace fs = std::filesystem;

namespace {

std::string said_of(const std::string& text) {
  const auto loaded = config::load_text(text, "test.yaml");
  return loaded ? config::to_text(loaded->warnings) : config::to_text(loaded.error());
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = config::utf8_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

/// A folder that goes when the test ends.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "pipit-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() { fs::remove_all(path_); }

  fs::path file(const fs::path& name, std::string_view content = "") const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("load: aliases inside of aliases are no deeper than what is written out") {
  // Each anchor holds the one before, 30 levels deeper: few values, and 3,000 levels.
  std::string text = "a0: &a0 x\n";
  for (int i = 1; i <= 100; ++i) {
    const std::string number = std::to_string(i);
    text += "a" + number + ": &a" + number + ' ' + std::string(30, '[') + "*a" +
            std::to_string(i - 1) + std::string(30, ']') + '\n';
  }
  CHECK(said_of(text).find("nested more than 32 levels deep by what this alias stands for") !=
        std::string::npos);
}

TEST_CASE("load: an alias may stand as deep as its content fits") {
  const std::string base =
      "router: {asn: 64512}\nsets: {neighbors: {a: &l [n], b: *l}}\n"
      "neighbors: {n: {address: 192.0.2.1, asn: internal}}\n";
  CHECK(said_of(base).find("error") == std::string::npos);
}

TEST_CASE("diagnostics are UTF-8 and the caret stands right, whatever the file holds") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text = "router: {asn: 64512, hostnam: \"";
    for (int i = 0; i < 40; ++i) {
      text += static_cast<char>(random() % 256);
    }
    text += "\"}\n";
    const std::string said = said_of(text);
    INFO(said);
    REQUIRE(is_utf8(said));
  }
}

TEST_CASE("diagnostics: what stands before the caret takes as many columns as it is shown with") {
  const auto caret_of = [](const std::string& before) {
    const auto loaded = config::load_text("log: {\"" + before + "\": {}, nonsens: 1}", "t");
    REQUIRE_FALSE(loaded);
    const config::Diagnostic& last = loaded.error().back();
    CHECK(last.excerpt.find("nonsens") != std::string::npos);
    return std::pair(last.caret, last.column);
  };
  const auto plain = caret_of("aaaa");
  CHECK(caret_of("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f") == plain);      // four of two octets
  CHECK(caret_of("\xe6\xbc\xa2\xe5\xad\x97").first == plain.first);  // two of two columns
  CHECK(caret_of("\xe6\xbc\xa2\xe5\xad\x97").second == plain.second - 2);
  CHECK(caret_of("a\xcc\x88"
                 "bcd") == std::pair(plain.first, plain.second + 1));
  CHECK(caret_of("\xe2\x80\xae").first == plain.first + 2);  // shown as \u202e
}

TEST_CASE("displayed: nothing steers a terminal") {
  CHECK(config::displayed("a\tb") == "a b");
  CHECK(config::displayed("\x1b[31m\x7f") == "\\x1b[31m\\x7f");
  CHECK(config::displayed("\xff\xc3") == "\\xff\\xc3");
  CHECK(config::displayed("\xc2\x9b"
                          "31m") == "\\u009b31m");
  CHECK(config::displayed("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("load: lines may end with a carriage return, alone or not") {
  const std::string lines = "# all of it\nrouter:\n  asn: 64512\nlog:\n  levl: info\n";
  for (const std::string_view end : {"\n", "\r", "\r\n"}) {
    std::string text;
    for (const char c : lines) {
      text += c == '\n' ? std::string(end) : std::string(1, c);
    }
    const auto loaded = config::load_text(text, "test.yaml");
    REQUIRE_FALSE(loaded);
    CHECK(config::to_text(loaded.error()) ==
          "test.yaml:5:3: error: unknown key \"levl\", did you mean \"level\"?\n"
          "      levl: info\n"
          "      ^\n");
  }
}

TEST_CASE("find_files: names that fit, sorted, each part of a pattern on its own") {
  const Folder folder;
  folder.file("b.yaml");
  folder.file("a.yaml");
  folder.file(".hidden.yaml");
  folder.file("sub/c.yaml");
  folder.file("sub/d.txt");
  CHECK(config::find_files(folder / "*.yaml") == std::vector{folder / "a.yaml", folder / "b.yaml"});
  CHECK(config::find_files(folder / "*/[a-c].yaml") == std::vector{folder / "sub/c.yaml"});
  CHECK(config::find_files(folder / "sub/../?.yaml") ==
        std::vector{folder / "sub/../a.yaml", folder / "sub/../b.yaml"});
  CHECK(config::find_files(folder / "a.yaml") == std::vector{folder / "a.yaml"});
  CHECK(config::find_files(folder / "nothing")->empty());
  CHECK(config::find_files(folder / "nothing/*.yaml")->empty());
}

TEST_CASE("find_files: a pattern that leads everywhere is given up") {
  const Folder folder;
  for (int i = 0; i < 40; ++i) {
    folder.file(std::to_string(i) + "/file");
  }
  std::string pattern = folder / "*/../*/../*/../*/../*.nope";
  CHECK(config::find_files(pattern).error() == "it leads to more than 20000 files and folders");
  const std::string text =
      "include: [\"" + pattern + "\", \"/*/*/*/*/../*.nope\"]\nrouter: {asn: 64512}\n";
  const auto loaded = config::load_text(text, "test.yaml");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error()[0].message.ends_with("it leads to more than 20000 files and folders"));
}

TEST_CASE("read_file: neither a folder nor a FIFO without a writer nor a device is read") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_FALSE(config::read_file(folder / "fifo"));
  CHECK_FALSE(config::read_file("/dev/zero"));
  const bool folder_read = config::read_file(folder / ".").has_value();
  const int error = errno;
  CHECK_FALSE(folder_read);
  CHECK(error == EISDIR);
  CHECK(config::read_file(folder.file("text", "a\rb\r\nc")) == "a\nb\r\nc");
}

TEST_CASE("include: all files together are no larger than one may be") {
  const Folder folder;
  fs::resize_file(folder.file("all.inc"), config::kMaxFileSize);
  const fs::path file = folder.file("main.yaml", "include: [\"*.inc\"]\nrouter: {asn: 64512}\n");
  const auto loaded = config::load(file.string());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error()[0].message.ends_with(
      "all.inc\" is too much: all files together are larger than 64 MiB"));
}

TEST_CASE("include: every kind of set adds up") {
  const Folder folder;
  folder.file("more.inc", "sets: {as-numbers: {b: [2]}, as-paths: {q: [\"^2\"]}}\n");
  const fs::path file = folder.file("main.yaml",
                                    "include: [more.inc]\nrouter: {asn: 64512}\n"
                                    "sets: {as-numbers: {a: [1]}, as-paths: {p: [\"^1\"]}}\n");
  const auto loaded = config::load(file.string());
  REQUIRE(loaded);
  CHECK(loaded->config.policies.sets.as_numbers.size() == 2);
  CHECK(loaded->config.policies.sets.as_paths.size() == 2);
}
