#include <gtest/gtest.h>

#include <plait/policies/traffic_file.hpp>
#include <system_error>
#include <vector>

#include "temporary_file.hpp"

namespace plait {
namespace {

using testing::TemporaryFile;

TEST(TrafficFile, BeginsTheFileAnew) {
  TemporaryFile temporary;
  std::ofstream(temporary.path()) << "something old";
  TrafficFile(temporary.path()).write("new");
  EXPECT_EQ(temporary.contents(), "new");
}

TEST(TrafficFile, MayBeginTheFileLater) {
  TemporaryFile temporary;
  std::ofstream(temporary.path()) << "something old";
  TrafficFile file(temporary.path(), standardLog(), TrafficFile::Begin::later);
  file.write("new");
  file.flush();
  EXPECT_EQ(temporary.contents(), "something old");
  file.begin();
  file.begin();
  file.flush();
  EXPECT_EQ(temporary.contents(), "new");
}

TEST(TrafficFile, LeavesAFileAloneThatItNeverBegins) {
  TemporaryFile temporary;
  std::ofstream(temporary.path()) << "something old";
  TrafficFile(temporary.path(), standardLog(), TrafficFile::Begin::later).write("new");
  EXPECT_EQ(temporary.contents(), "something old");
}

TEST(TrafficFile, KeepsWhatIsWrittenUntilItIsFlushed) {
  TemporaryFile temporary;
  TrafficFile file(temporary.path());
  file.write("one, ");
  file.write("two");
  EXPECT_EQ(temporary.contents(), "");
  file.flush();
  EXPECT_EQ(temporary.contents(), "one, two");
}

TEST(TrafficFile, KeepsNoMoreThanItsBuffer) {
  TemporaryFile temporary;
  TrafficFile file(temporary.path());
  for (int i = 0; i < 10; ++i) file.write(Bytes(20'000, 'x'));
  EXPECT_GE(temporary.contents().size(), 200'000u - 64 * 1024);
  file.write(Bytes(1'000'000, 'y'));
  EXPECT_EQ(temporary.contents().size(), 1'200'000u);
}

TEST(TrafficFile, SaysWhichFileCannotBeOpened) {
  try {
    TrafficFile("/nowhere/at/all");
    FAIL() << "it was opened";
  } catch (const std::system_error& error) {
    EXPECT_STREQ(error.what(), "cannot write /nowhere/at/all: No such file or directory");
  }
}

TEST(TrafficFile, ComplainsOnceAboutAFullDisk) {
  Log log;
  std::vector<std::string> complaints;
  log.addObserver([&](const LogEvent& event) { complaints.emplace_back(event.message); });
  TrafficFile file("/dev/full", log);
  for (int i = 0; i < 3; ++i) {
    file.write("x");
    file.flush();
  }
  EXPECT_EQ(complaints, std::vector<std::string>{
                            "cannot write /dev/full: No space left on device; traffic is recorded "
                            "no more"});
}

}  // namespace
}  // namespace plait
