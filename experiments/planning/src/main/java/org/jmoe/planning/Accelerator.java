package org.jmoe.planning;

/**
 * Accelerators by data sheet: dense matmul peak (no sparsity), link bandwidth per direction,
 * gigabytes of 10^9 bytes. Drivers report about 5 % more memory than that; the difference is left
 * to the driver, the communication library and fragmentation.
 */
public enum Accelerator {
  /** NVIDIA A100 SXM 40 GB data sheet; DGX A100: one 200 Gb/s link per device. */
  A100_40G(8, memory(40, 1.555), teraflops(312, 0, 19.5), links(300, 25)),
  /** NVIDIA A100 SXM 80 GB data sheet; DGX A100. */
  A100_80G(8, memory(80, 2.039), teraflops(312, 0, 19.5), links(300, 25)),
  /** NVIDIA H100 SXM data sheet; DGX H100: one 400 Gb/s link per device. */
  H100(8, memory(80, 3.35), teraflops(989, 1979, 67), links(450, 50)),
  /** NVIDIA H200 SXM data sheet; DGX H200. */
  H200(8, memory(141, 4.8), teraflops(989, 1979, 67), links(450, 50)),
  /** 1/72 of NVIDIA's GB200 NVL72 data sheet; one 400 Gb/s link per device. */
  GB200(72, memory(186, 8), teraflops(2500, 5000, 80), links(900, 50)),
  /** 1/72 of NVIDIA's GB300 NVL72 data sheet; one 800 Gb/s link per device. */
  GB300(72, memory(277, 8), teraflops(2500, 5000, 80), links(900, 100));

  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  private final int together;
  private final Cluster.Memory memory;
  private final Cluster.Flops flops;
  private final Cluster.Links links;

  Accelerator(int together, Cluster.Memory memory, Cluster.Flops flops, Cluster.Links links) {
    this.together = together;
    this.memory = memory;
    this.flops = flops;
    this.links = links;
  }

  private static Cluster.Memory memory(long gigabytes, double terabytesPerSecond) {
    return new Cluster.Memory(gigabytes * 1_000_000_000, terabytesPerSecond * TERA);
  }

  private static Cluster.Flops teraflops(double bfloat16, double float8, double float32) {
    return new Cluster.Flops(bfloat16 * TERA, float8 * TERA, float32 * TERA);
  }

  /** Returns links with gigabytes per second within a node and between nodes. */
  private static Cluster.Links links(double intraNode, double interNode) {
    return new Cluster.Links(intraNode * GIGA, interNode * GIGA);
  }

  /** Returns the maximum number of devices that fast links connect. */
  int together() {
    return together;
  }

  /** Returns the name as used on the command line: {@code A100-80G}. */
  String word() {
    return name().replace('_', '-');
  }

  /** Returns a cluster of {@code nodes} nodes of such devices. */
  Cluster cluster(int nodes, int devicesPerNode) {
    return Cluster.of(word(), nodes, devicesPerNode, memory, flops, links);
  }
}
