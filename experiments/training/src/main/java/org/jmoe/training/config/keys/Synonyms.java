package org.jmoe.training.config.keys;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/** Settings by the names that PyTorch, Transformers, Megatron-LM and nanoGPT give them. */
final class Synonyms {
  private static final ImmutableMap<String, String> PATHS =
      ImmutableMap.<String, String>builder()
          .put("lr", "training.optimizer.rate")
          .put("learningrate", "training.optimizer.rate")
          .put("maxlr", "training.optimizer.rate")
          .put("weightdecay", "training.optimizer.decay")
          .put("wd", "training.optimizer.decay")
          .put("eps", "training.optimizer.epsilon")
          .put("gradclip", "training.optimizer.clip")
          .put("clipgrad", "training.optimizer.clip")
          .put("maxgradnorm", "training.optimizer.clip")
          .put("scheduler", "training.schedule.decay")
          .put("lrscheduler", "training.schedule.decay")
          .put("warmupsteps", "training.schedule.warmup")
          .put("warmupiters", "training.schedule.warmup")
          .put("minlr", "training.schedule.floor")
          .put("batchsize", "training.batch")
          .put("microbatchsize", "training.batch")
          .put("gradientaccumulationsteps", "training.accumulation")
          .put("gradaccum", "training.accumulation")
          .put("seqlen", "training.sequence")
          .put("seqlength", "training.sequence")
          .put("sequencelength", "training.sequence")
          .put("maxsteps", "training.steps")
          .put("trainsteps", "training.steps")
          .put("numsteps", "training.steps")
          .put("iters", "training.steps")
          .put("maxiters", "training.steps")
          .put("dtype", "training.precision")
          .put("bf16", "training.precision")
          .put("evalinterval", "training.evaluateEvery")
          .put("evalsteps", "training.evaluateEvery")
          .put("evaliters", "training.evaluationBatches")
          .put("saveevery", "training.checkpoint.every")
          .put("savesteps", "training.checkpoint.every")
          .put("activationcheckpointing", "training.recompute")
          .put("gradientcheckpointing", "training.recompute")
          .put("auxlosscoef", "training.losses.0.coefficient")
          .put("routerauxlosscoef", "training.losses.0.coefficient")
          .put("moeauxlosscoeff", "training.losses.0.coefficient")
          .put("numexperts", "model.moe.experts")
          .put("nexperts", "model.moe.experts")
          .put("numlocalexperts", "model.moe.experts")
          .put("nroutedexperts", "model.moe.experts")
          .put("topk", "model.moe.router.k")
          .put("numexpertspertok", "model.moe.router.k")
          .put("moeroutertopk", "model.moe.router.k")
          .put("capacityfactor", "model.moe.router.capacity.trainFactor")
          .put("moeintermediatesize", "model.moe.expert.hidden")
          .put("intermediatesize", "model.feedForward.hidden")
          .put("ffnhiddensize", "model.feedForward.hidden")
          .put("dff", "model.feedForward.hidden")
          .put("hiddensize", "model.dim")
          .put("dmodel", "model.dim")
          .put("nembd", "model.dim")
          .put("width", "model.dim")
          .put("numlayers", "model.layers.0.repeat")
          .put("numhiddenlayers", "model.layers.0.repeat")
          .put("nlayer", "model.layers.0.repeat")
          .put("depth", "model.layers.0.repeat")
          .put("numheads", "model.attention.heads")
          .put("nhead", "model.attention.heads")
          .put("nheads", "model.attention.heads")
          .put("numattentionheads", "model.attention.heads")
          .put("numkeyvalueheads", "model.attention.kvHeads")
          .put("ropetheta", "model.attention.rotary.base")
          .put("vocabsize", "model.vocabulary")
          .put("maxpositionembeddings", "model.context")
          .put("blocksize", "model.context")
          .put("tiewordembeddings", "model.tied")
          .build();

  private Synonyms() {}

  /** The path of the setting that others call by this name, in the form that --set takes. */
  static Optional<String> path(String name) {
    return Optional.ofNullable(PATHS.get(Nearest.plain(name)));
  }
}
