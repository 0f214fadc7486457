// The diagram of `cargo xtask versus` in React Flow, at its lightest: its own nodes and edges, no figures, nothing that runs.
// `?visible` asks it to keep only what is in view.
import { createRoot } from "react-dom/client";
import { Background, ReactFlow, useEdgesState, useNodesState } from "@xyflow/react";
import "@xyflow/react/dist/style.css";

function Diagram() {
  const [nodes, , onNodesChange] = useNodesState(window.diagram.nodes);
  const [edges, , onEdgesChange] = useEdgesState(window.diagram.edges);
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      onInit={flow => (window.flow = flow)}
      onlyRenderVisibleElements={location.search === "?visible"}
      panOnDrag={[0, 1]}
      minZoom={0.05}
    >
      <Background />
    </ReactFlow>
  );
}

createRoot(document.getElementById("root")).render(<Diagram />);
