#include "daemon/bridge/table_record.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/catch.hpp"

using pipit::daemon::TableRecord;
using Noted = TableRecord::Noted;
namespace fs = std::filesystem;

namespace {

const std::vector<std::uint32_t> kMetrics{32, 50};

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "pipit-record-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~Folder() { fs::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const char* name = "pipit.sock.tables") const { return path_ / name; }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

void put(const std::string& file, const char* text) {
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("TableRecord: what one run noted the next one reads") {
  const Folder folder;
  TableRecord before;
  before.move_to(folder.file());
  CHECK_FALSE(before.read(kMetrics));
  const Noted noted{.protocol = 71,
                    .former_protocol = 186,
                    .places = {{254, 32}, {100, 50}, {100, 32}, {4294967295, 4294967295}}};
  before.write(noted);
  TableRecord after;
  after.move_to(folder.file());
  CHECK(after.read(kMetrics) == noted);
  CHECK(folder.files() == 1);
  after.move_to(folder.file("other"));
  CHECK(folder.files() == 0);
  after.write({.protocol = 71, .places = {{7, 1}}});
  CHECK(after.read(kMetrics) == Noted{.protocol = 71, .places = {{7, 1}}});
  after.write({.protocol = 71});
  CHECK(folder.files() == 0);
}

TEST_CASE("TableRecord: a file without metrics means those that are given") {
  const Folder folder;
  TableRecord record;
  record.move_to(folder.file());
  put(folder.file(), "protocol 186\ntable 254\ntable 5 7\n");
  CHECK(record.read(kMetrics) == Noted{.protocol = 186, .places = {{254, 32}, {254, 50}, {5, 7}}});
}

TEST_CASE("TableRecord: a file that makes no sense names no table that it should not") {
  const Folder folder;
  TableRecord record;
  record.move_to(folder.file());
  for (const char* text :
       {"", "rubbish", "protocol\n", "table 5\n", "protocol 442\ntable 5\n", "protocol 0\n",
        "protocol 186\ntable x\ntable 5\n", "protocol 186\nroute 5\n",
        "protocol 186\ntable 99999999999\n", "protocol 186\ntab", "former-protocol 186\n"}) {
    CAPTURE(text);
    put(folder.file(), text);
    CHECK_FALSE(record.read(kMetrics));
  }
  put(folder.file(), "protocol 186\ntable 255\ntable 0 7\n");
  CHECK(record.read(kMetrics) == Noted{.protocol = 186});
}

TEST_CASE("TableRecord: a folder that is not there harms nobody") {
  const Folder folder;
  TableRecord record;
  record.move_to(folder.file("no/such/folder"));
  record.write({.protocol = 71, .places = {{5, 32}}});
  CHECK_FALSE(record.read(kMetrics));
  CHECK(folder.files() == 0);
  TableRecord nowhere;
  nowhere.write({.protocol = 71, .places = {{5, 32}}});
  CHECK_FALSE(nowhere.read(kMetrics));
}
