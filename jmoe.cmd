@echo off
rem Runs jmoe, building its jar first if there is none. The same as the shell script jmoe, except for the settings of glibc
rem and GNU OpenMP, which Windows does not have.
setlocal
set "HOME_DIR=%~dp0"
set "JAR=%HOME_DIR%experiments\app\target\jmoe.jar"

if not exist "%JAR%" (
  echo building jmoe once ^(a minute or two; Maven fetches its libraries^) 1>&2
  pushd "%HOME_DIR%"
  call mvn -B -q -Dstyle.color=never -DskipTests package 1>&2
  if errorlevel 1 (popd & exit /b 1)
  popd
)

rem PyTorch warns of its own deprecated calls.
if not defined TORCH_CPP_LOG_LEVEL set "TORCH_CPP_LOG_LEVEL=ERROR"

set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"

rem The second flag quiets JDK 24 and later about Arrow's memory; the first lets earlier ones pass it over.
"%JAVA%" -XX:+IgnoreUnrecognizedVMOptions --sun-misc-unsafe-memory-access=allow -Xshare:auto ^
  -Dfile.encoding=UTF-8 -Dsun.stdout.encoding=UTF-8 %JMOE_JAVA_OPTIONS% -jar "%JAR%" %*
exit /b %ERRORLEVEL%
