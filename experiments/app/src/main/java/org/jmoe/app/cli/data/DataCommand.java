package org.jmoe.app.cli.data;

import picocli.CommandLine.Command;

/** Groups the commands about data. */
@Command(
    name = "data",
    description = {
      "Builds and inspects token data.",
      "",
      "Readable kinds: Arrow IPC files and streams, folders written by Hugging Face save_to_disk,"
          + " nanoGPT and llm.c .bin, Megatron .bin/.idx."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DataBuild.class,
      DataTrainTokenizer.class,
      DataInspect.class,
      DataHead.class,
      DataTokenize.class,
      DataDecode.class,
      DataSynthetic.class,
      DataCorpus.class
    })
public final class DataCommand {}
